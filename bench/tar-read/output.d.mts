export function line(name: string): void;
export function count(bytes: number): void;
export function finish(): void;
