// Moments as the browser's field for a date and time takes and gives them: local, without a zone.

export function toField(at: number | null | undefined): string {
  if (at == null) return '';
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(value: string): number | null {
  const at = new Date(value).getTime();
  return value === '' || Number.isNaN(at) ? null : at;
}
