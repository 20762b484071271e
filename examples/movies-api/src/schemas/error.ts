import Type from 'typebox'

/** The answer to every refused request, from the verifier and from this service alike. */
export const ErrorSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String(),
  error: Type.String(),
  message: Type.String(),
})
