/**
 * Files of packages that a container has no use for.
 * @module
 */

const DIRECTORIES = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/info",
  "usr/share/locale",
  "usr/share/lintian",
  "usr/share/linda",
  "usr/share/bug",
  "usr/share/groff",
  "usr/share/doc-base",
  "usr/share/menu",
  "usr/share/bash-completion",
  "usr/share/zsh",
] as const;

/** Whether a file is documentation or a translation. Copyright notices are kept, as licences ask for. */
export function isDocumentation(path: string): boolean {
  const directory = DIRECTORIES.find((name) => path.startsWith(`${name}/`));
  if (directory === undefined) return false;
  return !/^usr\/share\/doc\/[^/]+(\/copyright)?$/.test(path);
}
