/** What a refusal says to whoever meets it. Nothing was changed by any of them. */
export interface RefusalWords {
  readonly title: string;
  /** What happened, as the first half of a sentence. */
  readonly why: string;
  /** What the customer's administrator should do, as its second half. */
  readonly what: string;
  /** Whether the same link may lead further. */
  readonly again: boolean;
}

const words = (title: string, why: string, what: string): RefusalWords => ({ title, why, what, again: true });
const end = (title: string, why: string, what: string): RefusalWords => ({ title, why, what, again: false });

/** Every reason why a step of consent, or a sign-in, is refused. */
export const refusalWords = {
  invitation_invalid: end(
    'This link has ended',
    'This link does not work any more, because it was used, replaced by a newer one, or is too old',
    'if you have given consent there is nothing left to do; otherwise ask the person who sent it to you for a new one',
  ),
  state_invalid: words(
    'This step is over',
    'This step has expired or was done before',
    'open the link that you were sent and start again',
  ),
  other_browser: end(
    'This began in another browser',
    'This answer of Microsoft belongs to another browser, or this one keeps no cookies',
    'open the link that you were sent and start again here',
  ),
  tenant_leaving: end(
    'There is nothing to do here',
    'This organisation is not looked after here any more',
    'nothing was changed, and there is nothing to do',
  ),
  tenant_mismatch: words(
    'Another organisation',
    'You signed in to another organisation than the one invited',
    'open the link again and sign in with an account of that organisation',
  ),
  cancelled: words(
    'Not accepted',
    'You chose not to accept, so nothing was granted',
    'to change your mind, open the same link again',
  ),
  sign_in_cancelled: words(
    'Not signed in',
    'You chose not to sign in',
    'to change your mind, open the same link again',
  ),
  not_administrator: words(
    'An administrator is needed',
    'The account that you signed in with may not grant these permissions',
    'open the link again and sign in as an administrator of the organisation (Global Administrator or Privileged Role Administrator), or pass it on to one',
  ),
  risky_app: words(
    'Microsoft asks for an administrator',
    'Microsoft takes a closer look at this application, for example because its publisher is not verified yet',
    'compare the application ID with the operator’s, then open the link again and sign in as a Global Administrator, or ask the operator first',
  ),
  policy: words(
    'A policy of your organisation stopped this',
    'A Conditional Access policy or the security defaults of your organisation did not let this sign-in through',
    'meet its conditions (device, place, sign-in method), then open the link again, or ask whoever looks after the policies',
  ),
  mfa_needed: words(
    'A second factor is needed',
    'Microsoft asked for multifactor authentication, and it was not completed',
    'register or confirm your second factor, then open the link again',
  ),
  wrong_account: words(
    'Another account is needed',
    'You signed in with an account that does not belong to the organisation',
    'open the link again and sign in with an administrator’s account of that organisation; a private window helps where Microsoft picks the wrong one by itself',
  ),
  personal_account: words(
    'A work account is needed',
    'You signed in with a personal Microsoft account',
    'open the link again and sign in with an administrator’s work account of the organisation',
  ),
  tenant_restricted: words(
    'Your network or organisation does not allow this',
    'Tenant restrictions or cross-tenant access settings did not let this sign-in through',
    'open the link again from another network, or ask whoever looks after these settings to allow it',
  ),
  not_assigned: words(
    'You are not assigned to the application',
    'Your organisation lets only assigned people use this application',
    'in the Microsoft Entra admin center, under Enterprise apps, assign yourself to it or set “Assignment required” to No, then open the link again',
  ),
  app_disabled: words(
    'Disabled in your organisation',
    'The application is disabled for your organisation',
    'in the Microsoft Entra admin center, under Enterprise apps, set “Enabled for users to sign-in” to Yes in its properties, then open the link again; if it is, ask the operator',
  ),
  service_missing: words(
    'There is no audit log to read',
    'Your organisation has no Microsoft 365 subscription with the audit log’s service (Office 365 Management APIs)',
    'check the subscription, then open the link again',
  ),
  tenant_unknown: words(
    'Microsoft does not know this organisation here',
    'Microsoft does not find the organisation, or the application in its cloud',
    'ask the operator to compare the tenant ID and the cloud (worldwide, US government, China) with yours',
  ),
  not_applied_yet: words(
    'Microsoft needs a moment',
    'Microsoft has not applied the consent yet',
    'wait a minute, then open the link again',
  ),
  microsoft_unavailable: words(
    'Microsoft does not answer',
    'Microsoft could not finish this step at the moment',
    'wait a minute, then refresh this page or open the link again',
  ),
  misconfigured: end(
    'The operator has to fix something',
    'The application is not set up right on the operator’s side, and there is nothing that you can do about it',
    'tell the operator, who has to mend it',
  ),
  refused_by_microsoft: words(
    'Not granted',
    'Microsoft did not grant the permissions',
    'open the link again and sign in as an administrator who may consent for the organisation',
  ),
  sign_in_refused: words(
    'Microsoft did not let you sign in',
    'Microsoft did not confirm who you are',
    'open the link again and sign in as the administrator who accepts',
  ),
} as const satisfies Record<string, RefusalWords>;

export type ConsentRefusalCode = keyof typeof refusalWords;
