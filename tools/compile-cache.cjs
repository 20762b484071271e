'use strict'
// Node.js keeps the compiled TypeScript sources, so that the next start need not compile them again. They lie in
// node_modules, where only accounts that may change the modules may write. `npm start` and the other scripts that run the
// service load this file before the first TypeScript module: it takes 30 ms to load the compiler.
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

// Processes that the service forks inherit it.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../node_modules/.cache/tacit')
enableCompileCache()
