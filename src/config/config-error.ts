import { inspect } from 'node:util'

/** A setting that the service cannot start with. It has no stack: the message says all there is to know. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(message: string) {
    super(message)
    this.stack = `${this.name}: ${message}`
  }

  /** Printed as it is: without this, an error without a stack is put in brackets. */
  [inspect.custom](): string {
    return String(this.stack)
  }
}
