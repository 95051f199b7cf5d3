import { z } from 'zod';

/** One resource as Bicep compiles it or a snapshot predicts it; what is not known before a deployment is an expression. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly id?: string | undefined;
  readonly properties: unknown;
  /** The whole of it, for rules about anything else. */
  readonly whole: unknown;
}

export interface Output {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
}

/** A compiled template with those of its modules, whatever their conditions say. */
export interface Template {
  readonly resources: readonly Resource[];
  readonly outputs: readonly Output[];
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
}

const resourceShape = z.looseObject({
  type: z.string(),
  name: z.string(),
  id: z.string().optional(),
  existing: z.boolean().optional(),
  properties: z.unknown().optional(),
});

const templateShape = z.object({
  // Symbolic names make it an object.
  resources: z.union([z.array(resourceShape), z.record(z.string(), resourceShape)]).default([]),
  outputs: z.record(z.string(), z.looseObject({ type: z.string().optional(), value: z.unknown() })).default({}),
  parameters: z.record(z.string(), z.looseObject({ type: z.string().optional() })).default({}),
});

const deploymentShape = z.object({ template: z.unknown() });

/** @throws ZodError if it is no template */
export function readTemplate(json: unknown): Template {
  const { resources, outputs, parameters } = templateShape.parse(json);
  const all = Object.values(resources).filter(({ existing }) => existing !== true);
  const modules = all
    .filter(({ type }) => type === 'Microsoft.Resources/deployments')
    .map(({ properties }) => readTemplate(deploymentShape.parse(properties).template));
  const own = all.filter(({ type }) => type !== 'Microsoft.Resources/deployments').map(toResource);
  return {
    resources: [...own, ...modules.flatMap((one) => one.resources)],
    outputs: [
      ...Object.entries(outputs).map(([name, { type = '', value }]) => ({ name, type, value })),
      ...modules.flatMap((one) => one.outputs),
    ],
    parameters: [
      ...Object.entries(parameters).map(([name, { type = '' }]) => ({ name, type })),
      ...modules.flatMap((one) => one.parameters),
    ],
  };
}

/** The resources that a snapshot predicts. @throws ZodError if it is no snapshot */
export const readSnapshot = (json: unknown): Resource[] =>
  z
    .object({ predictedResources: z.array(resourceShape) })
    .parse(json)
    .predictedResources.map(toResource);

const toResource = (whole: z.infer<typeof resourceShape>): Resource => ({
  type: whole.type,
  name: whole.name,
  id: whole.id,
  properties: whole.properties,
  whole,
});

/** What stands at a path of keys, `undefined` if it leads nowhere. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined),
    value,
  );
