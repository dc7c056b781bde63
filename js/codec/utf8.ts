// Texts as bytes and back, by what every host has.

interface Host {
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new (label: string, options: object) => { decode(bytes: Uint8Array): string };
}
const host = globalThis as unknown as Host;

export const bytesOf = (text: string): Uint8Array => new host.TextEncoder().encode(text);

/** Throws for what is not UTF-8, and keeps what looks like a byte order mark: that is part of a text, and no JSON. */
export const textOf = (bytes: Uint8Array): string => new host.TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
