export const isListing: boolean;
export function line(name: string): void;
export function countEntry(): void;
export function countContent(bytes: number): void;
export function finish(): void;
