import { html } from 'hono/html';
import type { z } from 'zod';

import type { Html } from '../pages/page.ts';

/** What is wrong with a form: one sentence a field, under the field's name; `form` is about all of it. */
export type Wrong<Name extends string> = Readonly<Partial<Record<Name | 'form', string>>>;

/** A field for one line of text, with its hint and what is wrong with it. */
export const textField = (
  field: {
    readonly name: string;
    readonly label: string;
    readonly value: string;
    readonly hint?: Html | string;
    readonly most: number;
  },
  wrong?: string,
): Html => {
  const { name, label, value, hint, most } = field;
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(wrong === undefined ? [] : [`${name}-wrong`]),
  ];
  return html`
    <div class="field">
      <label for="${name}">${label}</label>
      ${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
      <input
        id="${name}"
        name="${name}"
        value="${value}"
        maxlength="${most}"
        required
        autocomplete="off"
        spellcheck="false"
        ${described.length > 0 ? html`aria-describedby="${described.join(' ')}"` : ''}
        ${wrong === undefined ? '' : html`aria-invalid="true" autofocus`}
      />
      ${wrong === undefined ? '' : html`<p class="wrong" id="${name}-wrong">${wrong}</p>`}
    </div>
  `;
};

/**
 * What a schema says about a form, as sentences.
 * @param labels names of the fields on the page; the schema's messages complete them ("must not be empty")
 */
export const wrongFields = <Name extends string>(error: z.ZodError, labels: Readonly<Record<Name, string>>) =>
  Object.fromEntries(
    error.issues.toReversed().map(({ path, message }) => {
      const name = String(path[0]);
      return [name, `${name in labels ? labels[name as Name] : 'The form'} ${message}.`];
    }),
  ) as Wrong<Name>;
