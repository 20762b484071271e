import { extname, join } from 'node:path'

/**
 * The file of another module in the folder of this one, for a process or a thread to run. It is a
 * `.ts` file in the repository and a `.js` file in the published package. The compiler rewrites the
 * paths of imports, not these.
 */
export const moduleFile = ({ dirname, filename }: ImportMeta, name: string): string =>
  join(dirname, `${name}${extname(filename)}`)
