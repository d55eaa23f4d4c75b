import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from '../programs.ts'

/** Before any test runs, so that products of tests serve the dashboard as it stands. */
export const setup = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, ['dashboard/build.ts', '--if-needed'], { cwd: root })
}
