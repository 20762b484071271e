import Type from '../typebox.ts'

export const RevocationsHeadersSchema = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'The `id` that the client received last. The stream goes on after it. Without it, the stream begins now.',
      examples: ['5b1e8f0a9c3d7264e1f0a8b2-41-1302'],
    }),
  ),
})

const EXAMPLE = `retry: 500

event: place
id: 5b1e8f0a9c3d7264e1f0a8b2-41-1302
data: {}

event: change
id: 0c9d1b7e44f2a6038d5e9f17-42-1303
data: {"of":"session","id":"wX4dYf0k1J2q3R5s7T9uVw"}

:

`

export const RevocationsSchema = Type.String({
  description:
    'Server-sent events. `change`: a session ended or went stale, or all sessions of an account did. `everything`: the changes are unknown, so any session may have ended. `place`: the client has been told of every change until now. A comment every 5 seconds shows that the stream is alive.',
  examples: [EXAMPLE],
})
