/** What tokens of the Activity API are for, one for each cloud (section 5 of the fact sheet). */
export const resources = [
  'https://manage.office.com',
  'https://manage-gcc.office.com',
  'https://manage.office365.us',
  'https://manage.protection.apps.mil',
  'https://manage.office365.cn',
];

/** The resource that a text names, with or without a slash at its end. */
export const findResource = (text: string): string | undefined => {
  const wanted = text.replace(/\/$/, '').toLowerCase();
  return resources.find((resource) => resource === wanted);
};
