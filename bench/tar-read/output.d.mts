export function line(name: string): void;
export function count(chunk: Uint8Array): void;
export function finish(): void;
