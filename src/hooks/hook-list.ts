/** The hooks of a route as a list: Fastify accepts one hook, several, or none. */
export const hookList = <Hook>(hooks: Hook | Hook[] | undefined): Hook[] =>
  hooks === undefined ? [] : ([hooks].flat() as Hook[])
