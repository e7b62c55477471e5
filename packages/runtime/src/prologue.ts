/**
 * What the QuickJS build runs before it reads the program: a process that is about to start over from a sealed file need
 * not read what it will not run. The program does the same again where this did not.
 * @module
 */
import { commandLine, sealIfEntering } from "./container/seal.ts";

try {
  sealIfEntering(commandLine());
} catch {
  // The program meets the same and can tell it.
}
