import { call } from "../api.ts";
import type { Context } from "../upload.ts";

/** An upload that the broker lists. Its answer has no file name. */
export interface Listed {
  readonly upload: string;
  readonly size: number;
}

interface Row {
  readonly location: string;
  readonly status: string;
  readonly associatedResourceArn: string;
  readonly fileSizeInBytes: number;
}

/** The caller's uploads to a resource that wait for their scan. None if the broker keeps no rows of uploads. */
export const listedUploads = async (context: Context, resource: string): Promise<Listed[]> => {
  const endpoint = context.endpoint();
  const answer = await call(context, { leg: "watch", method: "GET", url: `${endpoint}/uploads` });
  const { uploads = [] } = ((answer.ok && answer.value.body) || {}) as { uploads?: readonly Row[] };
  return uploads
    .filter(({ status, associatedResourceArn }) => status === "PROCESSING" && associatedResourceArn === resource)
    .map(({ location, fileSizeInBytes }) => ({ upload: new URL(location, `${endpoint}/`).href, size: fileSizeInBytes }));
};
