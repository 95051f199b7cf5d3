import type { z } from 'zod';
import { answerSwitches } from './switch-rows/answer-switches.ts';
import { contentSwitches } from './switch-rows/content-switches.ts';
import { listingSwitches } from './switch-rows/listing-switches.ts';
import { loginSwitches } from './switch-rows/login-switches.ts';
import { subscriptionSwitches } from './switch-rows/subscription-switches.ts';

/**
 * Every misbehaviour that can be switched on. A row says what it does, which pitfall (section 7), checklist item
 * (section 8) or section of the API's fact sheet it stands for, what it may be set to, and what it is when nobody set it.
 */
export const switchTable = {
  ...loginSwitches,
  ...subscriptionSwitches,
  ...listingSwitches,
  ...contentSwitches,
  ...answerSwitches,
};

export type SwitchTable = typeof switchTable;
export type SwitchName = keyof SwitchTable;
/** What a switch may be set to. */
export type SwitchInput<Name extends SwitchName> = z.input<SwitchTable[Name]['schema']>;
/** What a switch is. */
export type SwitchValue<Name extends SwitchName> = z.output<SwitchTable[Name]['schema']>;

export const isSwitchName = (text: string): text is SwitchName => Object.hasOwn(switchTable, text);
