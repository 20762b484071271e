/**
 * The reason phrases of HTTP statuses. Not imported: `import 'node:http'` also loads fetch and
 * WebSocket, which takes a tenth of the service's start.
 */
export const { STATUS_CODES } = process.getBuiltinModule('node:http')
