/** Users, cases and contacts of the local stack, and tokens of its users. */

export interface Seeds {
  readonly users: readonly { readonly username: string }[];
  readonly strangers: readonly { readonly username: string }[];
  readonly cases: readonly { readonly arn: string }[];
  readonly contacts: readonly { readonly arn: string }[];
  readonly origins: { readonly api: string; readonly oidc: string };
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const readSeeds = async (): Promise<Seeds> => {
  const response = await fetch("seeds.json");
  if (!response.ok) throw new Error(`seeds.json: ${response.status}`);
  return response.json();
};

/** A signed-in user, whose token is kept until it is refused. */
export class Session {
  readonly #issuer: string;
  readonly #username: string;
  #kept: string | undefined;

  constructor(issuer: string, username: string) {
    this.#issuer = issuer;
    this.#username = username;
  }

  /** The token, fetched with `by` if there is none yet or it was refused. */
  async token(refused: boolean, by: Fetch): Promise<string> {
    if (refused || this.#kept === undefined) this.#kept = await this.#newToken(by);
    return this.#kept;
  }

  async #newToken(by: Fetch): Promise<string> {
    const body = new URLSearchParams({ grant_type: "password", username: this.#username });
    const response = await by(`${this.#issuer}/token`, { method: "POST", body });
    const { access_token: token } = await response.json();
    if (typeof token !== "string") throw new Error(`the issuer answered ${response.status}`);
    return token;
  }
}
