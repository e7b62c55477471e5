/**
 * Downloads as apt would make them: by its proxies, its certificates and its credentials.
 * @module
 */
import { readFileSync } from "node:fs";
import { TeuError } from "@teu/std/error";
import { type Get, type GetSettings, makeGet } from "../download/get.ts";
import type { BaseErrorCode } from "../errors.ts";
import { authorizationFor } from "./auth-conf.ts";
import type { AptHost } from "./host.ts";
import { readSwitch } from "./sources.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A {@link Get} by the configuration of apt, and the environment where it says nothing. */
export function getOfApt({ settings, logins }: AptHost, env: Environment): Get {
  const authorities = settings.get("acquire::https::cainfo");
  return makeGet({
    proxies: proxiesOf(settings, env),
    authorities: authorities === undefined ? undefined : readAuthorities(authorities),
    verifiesTls: readSwitch(settings.get("acquire::https::verify-peer")) ?? true,
    authorize: (url) => authorizationFor(url, logins),
  });
}

/** The proxies of the configuration, by the names of variables; `DIRECT` for a host means none. */
export function proxiesOf(settings: AptHost["settings"], env: Environment): NonNullable<GetSettings["proxies"]> {
  const own = (scheme: string): string | undefined => {
    const proxy = settings.get(`acquire::${scheme}::proxy`);
    return proxy === undefined || proxy === "" ? undefined : proxy;
  };
  const http = own("http") ?? env["http_proxy"];
  const https = own("https") ?? own("http") ?? env["https_proxy"] ?? env["HTTPS_PROXY"];
  const direct = [...settings].flatMap(([name, value]) => {
    const host = /^acquire::https?::proxy::(.+)$/.exec(name)?.[1];
    return host !== undefined && value === "DIRECT" ? [host] : [];
  });
  const none = [env["no_proxy"] ?? env["NO_PROXY"], ...direct].filter((value) => value !== undefined && value !== "");
  return {
    ...(http === undefined || http === "DIRECT" ? {} : { http_proxy: http }),
    ...(https === undefined || https === "DIRECT" ? {} : { https_proxy: https }),
    ...(none.length === 0 ? {} : { no_proxy: none.join(",") }),
  };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const message = `Reading certificates "${file}", as Acquire::https::CAInfo says: ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_APT_SOURCES", message, { cause: error, detail: { file } });
  }
}
