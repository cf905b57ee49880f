"""The parameters and rules of infra/template.yaml, read without a YAML parser, because a deployment needs Python only.

The template writes each expression of its rules on one line, so a small reader is enough for them.
"""

import re
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent / "template.yaml"
# Quotes, brackets and tags are tokens; an unquoted name ends before a character that flow style uses.
TOKEN = re.compile(r'"[^"]*"|!\w+|[\[\]{},]|[^\s\[\]{},"]+')


def section(name):
    text = TEMPLATE.read_text()
    return re.search(rf"^{name}:\n(.*?)^(?=\w)", text, re.MULTILINE | re.DOTALL)[1]


def blocks(text):
    """Name and body of each member of a section."""
    parts = re.split(r"^  (\w+):\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def attribute(body, name):
    found = re.search(rf"^    {name}: (.*)$", body, re.MULTILINE)
    return found and found[1].strip("'\"")


class Parameter:
    """A parameter of the template."""

    def __init__(self, body):
        self.default = attribute(body, "Default")
        self.pattern = attribute(body, "AllowedPattern")
        self.constraint = attribute(body, "ConstraintDescription")
        allowed = attribute(body, "AllowedValues")
        self.allowed = allowed and [value.strip(' "') for value in allowed.strip("[]").split(",")]
        self.bounds = (attribute(body, "MinValue"), attribute(body, "MaxValue"))
        self.is_list = attribute(body, "Type") == "CommaDelimitedList"

    def objection_to(self, value):
        """Why CloudFormation would refuse the value, or None."""
        if self.allowed and value not in self.allowed:
            return f"must be one of {', '.join(self.allowed)}"
        least, most = self.bounds
        if least and not (value.isdigit() and int(least) <= int(value) <= int(most or value)):
            return f"must be a number from {least}" + (f" to {most}" if most else "")
        values = value.split(",") if self.is_list else [value]
        if self.pattern and not all(re.search(self.pattern, one.strip()) for one in values):
            return self.constraint
        return None


def parameters():
    return {name: Parameter(body) for name, body in blocks(section("Parameters")).items()}


class Expression:
    """The value of an intrinsic function in a rule."""

    def __init__(self, text, given):
        self.tokens = TOKEN.findall(text)
        self.given = given

    def value(self):
        token = self.tokens.pop(0)
        if token.startswith("!"):
            return self.function(token[1:])
        if token == "[":
            return self.members()
        if token == "{":
            name, _colon = self.tokens.pop(0).strip('"'), self.tokens.pop(0)
            found = self.function(name.removeprefix("Fn::"))
            self.tokens.pop(0)
            return found
        return token.strip('"')

    def members(self):
        found = []
        while self.tokens[0] != "]":
            if self.tokens[0] == ",":
                self.tokens.pop(0)
            found.append(self.value())
        self.tokens.pop(0)
        return found

    def function(self, name):
        given = self.value()
        if name == "Ref":
            return self.given[given]
        if name == "Equals":
            return given[0] == given[1]
        if name == "Not":
            return not given[0]
        if name == "Or":
            return any(given)
        if name == "EachMemberEquals":
            return all(member.strip() == given[1] for member in given[0].split(","))
        raise ValueError(f"infra/parameters.py does not know {name}")


def broken_rules(given):
    """The descriptions of the assertions that the parameters break, all at once."""
    for body in blocks(section("Rules")).values():
        if Expression(attribute(body, "RuleCondition"), given).value():
            for text, description in re.findall(r"- Assert: (.*)\n +AssertDescription: (.*)", body):
                if not Expression(text, given).value():
                    yield description
