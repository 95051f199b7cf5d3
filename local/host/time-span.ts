/** Milliseconds of a .NET time span, `[d.]hh:mm:ss`. @throws Error that names the text */
export function parseTimeSpan(text: string): number {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text);
  if (!match) throw new Error(`"${text}" is not a time span; write it as hh:mm:ss.`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part || 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}
