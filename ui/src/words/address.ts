// Whether an entry looks like a SIP account. Whether the account exists is the server's business.

const ACCOUNT = /^(?:sips?:)?[^\s@:/]+@(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i;

/** `user@host[:port]`, with or without `sip:` (RFC 3261 section 19.1). */
export function isAccountAddress(text: string): boolean {
  const found = ACCOUNT.exec(text.trim());
  if (!found) return false;
  return found[1] === undefined || (Number(found[1]) > 0 && Number(found[1]) < 65_536);
}
