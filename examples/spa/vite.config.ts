import { defineConfig } from 'vite'

/** Where the service listens. `npm run dev` hands it the paths that are its own, so that the page is of the same origin. */
const service = 'http://localhost:3000'

export default defineConfig({
  server: {
    proxy: Object.fromEntries(['/auth', '/me', '/users', '/admin', '/demo'].map((path) => [path, service])),
  },
  // The service's content security policy allows files of this origin, and nothing inline.
  build: { modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
})
