/**
 * What HTTP calls its statuses. Node is asked without an import: that of `node:http` loads all that it exports, fetch and
 * WebSocket among it, which is a tenth of the service's start.
 */
export const { STATUS_CODES } = process.getBuiltinModule('node:http')
