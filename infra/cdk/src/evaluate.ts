import { Token } from "aws-cdk-lib";
import type { Node, Parameter, Template } from "./template";

/** The parameters of a stack, by their names in the template. */
export type Values = { readonly [parameter: string]: string };

/** What of a template can be known from its parameters alone: faults of the parameters, and conditions. */
export class Evaluation {
  private readonly template: Template;
  private readonly values: Values;

  constructor(template: Template, given: Values) {
    const defaults = Object.entries(template.Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [] : [[name, String(Default)]]));
    this.template = template;
    this.values = { ...Object.fromEntries(defaults), ...given };
  }

  /** What CloudFormation would refuse, a sentence each. `nameOf` gives the name of a parameter for the reader. */
  *faults(nameOf: (parameter: string) => string): Generator<string> {
    for (const [name, parameter] of Object.entries(this.template.Parameters)) {
      const fault = faultOf(parameter, this.values[name]);
      if (fault !== undefined) yield `${nameOf(name)} ${fault}`;
    }
    const names = new RegExp(`\\b(${Object.keys(this.template.Parameters).join("|")})\\b`, "g");
    for (const rule of Object.values(this.template.Rules ?? {})) {
      if (!this.isTrue(rule.RuleCondition)) continue;
      for (const { Assert, AssertDescription } of rule.Assertions) {
        if (!this.isTrue(Assert)) yield AssertDescription.replaceAll(names, nameOf).replace(/\.$/, "");
      }
    }
  }

  condition(name: string): boolean {
    const condition = this.template.Conditions?.[name];
    if (condition === undefined) throw new Error(`the template has no condition ${name}`);
    return this.isTrue(condition);
  }

  private isTrue(node: Node): boolean {
    const [name, argument] = call(node);
    if (name === "Condition") return this.condition(argument as string);
    const operands = argument as readonly Node[];
    switch (name) {
      case "Fn::And":
        return operands.every((operand) => this.isTrue(operand));
      case "Fn::Or":
        return operands.some((operand) => this.isTrue(operand));
      case "Fn::Not":
        return !this.isTrue(operands[0]!);
      case "Fn::Equals":
        return this.text(operands[0]!) === this.text(operands[1]!);
      case "Fn::Contains":
        return operands[0] !== undefined && (operands[0] as readonly Node[]).map(String).includes(this.text(operands[1]!));
      case "Fn::EachMemberEquals":
        return this.text(operands[0]!).split(",").every((member) => member === this.text(operands[1]!));
      default:
        throw new Error(`unknown function ${name} in a condition`);
    }
  }

  private text(node: Node): string {
    if (typeof node !== "object") return String(node);
    const [name, argument] = call(node);
    if (name === "Ref") return this.values[argument as string] ?? "";
    // The members of a list, which is kept as the text that CloudFormation gets.
    if (name === "Fn::Join") return this.text((argument as readonly Node[])[1]!);
    throw new Error(`unknown function ${name} in a condition`);
  }
}

function call(node: Node): [string, Node] {
  const [only] = Object.entries(node);
  if (only === undefined) throw new Error("empty condition");
  return only as [string, Node];
}

function faultOf(parameter: Parameter, value: string | undefined): string | undefined {
  if (value === undefined) return "is missing";
  if (Token.isUnresolved(value)) return undefined;
  const { AllowedPattern, AllowedValues, ConstraintDescription, MaxValue, MinValue, Type } = parameter;
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value)) return `is ${value}, not one of ${AllowedValues.join(", ")}`;
  const members = Type === "CommaDelimitedList" ? value.split(",") : [value];
  if (AllowedPattern !== undefined && !members.every((member) => new RegExp(AllowedPattern).test(member))) {
    return ConstraintDescription ?? `does not match ${AllowedPattern}`;
  }
  if (Type === "Number" && !(Number(value) >= (MinValue ?? -Infinity) && Number(value) <= (MaxValue ?? Infinity))) {
    return `is ${value}, not a number from ${MinValue ?? "any"} to ${MaxValue ?? "any"}`;
  }
  return undefined;
}
