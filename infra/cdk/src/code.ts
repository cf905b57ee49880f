import { existsSync } from "node:fs";
import { join } from "node:path";

/** The two programs, as folders or zips that Lambda takes. */
export interface Programs {
  readonly "upload-broker": string;
  readonly "upload-finisher": string;
}

/** Where the construct finds the functions' programs, which are compiled Rust. */
export class UploadBrokerCode {
  /** @internal */
  readonly find: (architecture: string) => Programs;

  private constructor(find: (architecture: string) => Programs) {
    this.find = (architecture) => {
      const programs = find(architecture);
      for (const path of Object.values(programs)) {
        if (!existsSync(path)) throw new Error(`code: there is no ${path}; UploadBrokerCode.fromRelease(FOLDER) takes an unpacked release`);
      }
      return programs;
    };
  }

  /** Those in this package, which a release has for both architectures. */
  static fromPackage(): UploadBrokerCode {
    return UploadBrokerCode.fromRelease((architecture) => join(__dirname, "..", "functions", architecture));
  }

  /** The unpacked archive `upload-broker-VERSION-ARCHITECTURE.tar.gz` of a release. */
  static fromRelease(folder: string | ((architecture: string) => string)): UploadBrokerCode {
    return new UploadBrokerCode((architecture) => {
      const within = typeof folder === "string" ? folder : folder(architecture);
      return { "upload-broker": join(within, "upload-broker.zip"), "upload-finisher": join(within, "upload-finisher.zip") };
    });
  }

  /** What `sam build` wrote in a clone, by default into `.aws-sam/build`. */
  static fromSamBuild(folder: string): UploadBrokerCode {
    return UploadBrokerCode.fromPrograms({ "upload-broker": join(folder, "UploadBroker"), "upload-finisher": join(folder, "Finisher/UploadFinisher") });
  }

  /** Any two folders with a `bootstrap`, or zips of them. */
  static fromPrograms(programs: Programs): UploadBrokerCode {
    return new UploadBrokerCode(() => programs);
  }
}
