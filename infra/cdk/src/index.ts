export { type Programs, UploadBrokerCode } from "./code";
export type { TemplateOutputs, TemplateParameters } from "./generated/template";
export type { UploadBrokerProps } from "./properties";
export { UploadBroker } from "./upload-broker";
