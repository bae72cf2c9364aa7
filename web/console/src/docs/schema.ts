// A JSON schema as something to read: what it is called, whether it may be null, and what is
// inside. References are resolved one level at a time, so that a cycle costs nothing.

import type { Schema, Schemas } from './openapi';

export interface Field {
  name: string;
  required: boolean;
  schema: Schema;
}

export interface Variant {
  /** `type = "text"`, or the name of the alternative. */
  title: string;
  schema: Schema;
}

export interface Shape {
  /** `string`, `MessageView[]`, … */
  label: string;
  /** The alias of a plain type: `ConversationId` for a string. */
  alias: string | null;
  nullable: boolean;
  description: string;
  values: string[];
  fields: Field[];
  variants: Variant[];
}

export function refName(schema: Schema): string | null {
  return schema.$ref?.split('/').at(-1) ?? null;
}

/** Follows references, and joins the parts of an `allOf`. */
export function resolved(schema: Schema, schemas: Schemas): Schema {
  let at = schema;
  for (let name = refName(at); name !== null; name = refName(at)) at = schemas[name] ?? {};
  if (!at.allOf) return at;
  const parts = at.allOf.map((part) => resolved(part, schemas));
  return {
    ...at,
    allOf: undefined,
    type: 'object',
    properties: Object.assign({}, ...parts.map((part) => part.properties), at.properties) as Schemas,
    required: [...parts.flatMap((part) => part.required ?? []), ...(at.required ?? [])],
  };
}

/** The one value that a schema allows. */
export function constantOf(schema: Schema | undefined): unknown {
  return schema?.const ?? (schema?.enum?.length === 1 ? schema.enum[0] : undefined);
}

export function shapeOf(schema: Schema, schemas: Schemas): Shape {
  const whole = resolved(schema, schemas);
  const own = schema.$ref ? undefined : whole.description;
  const choices = whole.oneOf ?? whole.anyOf;
  const real = choices?.filter((choice) => choice.type !== 'null');
  if (choices && real && real.length === 1) {
    const inner = shapeOf(real[0]!, schemas);
    return { ...inner, nullable: choices.length > 1, description: own ?? inner.description };
  }
  const name = refName(schema);
  const types = [whole.type ?? []].flat();
  const shape: Shape = {
    label: '',
    alias: null,
    nullable: types.includes('null') || (choices?.length ?? 0) > (real?.length ?? 0),
    description: whole.description ?? '',
    values: (whole.enum ?? (whole.const === undefined ? [] : [whole.const])).map(String),
    fields: fieldsOf(whole),
    variants: real ? variantsOf(real, whole, schemas) : [],
  };
  const inner = whole.items || (typeof whole.additionalProperties === 'object' && whole.additionalProperties);
  if (whole.prefixItems) {
    shape.label = `[${whole.prefixItems.map((part) => shapeOf(part, schemas).label).join(', ')}]`;
  } else if (inner && !whole.properties) {
    const item = shapeOf(inner, schemas);
    const { alias, values, fields, variants } = item;
    Object.assign(shape, { alias, values, fields, variants });
    shape.label = types.includes('array') ? `${item.label}[]` : `{ [key]: ${item.label} }`;
  } else if (shape.fields.length || shape.variants.length) {
    shape.label = name ?? 'object';
  } else {
    shape.label = types.filter((type) => type !== 'null').join(' | ') || 'any';
    shape.alias = name === shape.label || /^[iu]\d+$/.test(name ?? '') ? null : name;
  }
  return shape;
}

/** The constant that tells variants apart first, then what must be there. */
function fieldsOf(schema: Schema): Field[] {
  const rank = (field: Field) => (constantOf(field.schema) !== undefined ? 0 : field.required ? 1 : 2);
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => ({
      name,
      required: schema.required?.includes(name) ?? false,
      schema: property,
    }))
    .sort((a, b) => rank(a) - rank(b));
}

function variantsOf(choices: Schema[], whole: Schema, schemas: Schemas): Variant[] {
  const all = choices.map((choice) => resolved(choice, schemas));
  const tag =
    whole.discriminator?.propertyName ??
    Object.keys(all[0]?.properties ?? {}).find((name) =>
      all.every((choice) => constantOf(choice.properties?.[name]) !== undefined),
    );
  return choices.map((choice, index) => {
    const constant = tag === undefined ? undefined : constantOf(all[index]?.properties?.[tag]);
    const title =
      constant === undefined ? shapeOf(choice, schemas).label : `${tag} = ${JSON.stringify(constant)}`;
    return { title, schema: choice };
  });
}

/** A small value that fits: what is required, or the first field where nothing is. */
export function exampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const whole = resolved(schema, schemas);
  const constant = constantOf(whole);
  if (constant !== undefined) return constant;
  if (whole.example !== undefined) return whole.example;
  if (whole.enum?.length) return whole.enum[0];
  const choice = (whole.oneOf ?? whole.anyOf)?.find((one) => one.type !== 'null');
  if (choice) return depth > 4 ? null : exampleOf(choice, schemas, depth + 1);
  if (whole.properties) {
    const all = fieldsOf(whole);
    const needed = all.filter((field) => field.required);
    return Object.fromEntries(
      (needed.length ? needed : all.slice(0, 1)).map((field) => [
        field.name,
        depth > 4 ? null : exampleOf(field.schema, schemas, depth + 1),
      ]),
    );
  }
  const [type] = [whole.type ?? []].flat().filter((one) => one !== 'null');
  return { string: '…', integer: whole.minimum ?? 0, number: 0, boolean: true, array: [], object: {} }[type ?? ''] ?? null;
}
