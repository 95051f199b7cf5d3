const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;

/**
 * Foreign text made fit for a log line or a page: control, formatting and line-breaking characters become one space
 * each run, and the rest is cut to `limit` characters.
 */
export const printable = (text: string, limit: number): string =>
  text.replace(unprintable, ' ').trim().slice(0, limit).toWellFormed();
