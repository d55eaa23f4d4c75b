import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findBrowser } from '../browser.ts'
import { root } from '../programs.ts'

/**
 * Before any test runs, so that products of tests serve the dashboard as it stands, and that a browser which comes as a
 * package is unpacked once: of two who unpack it the later one takes what is half written for whole.
 */
export const setup = async (): Promise<void> => {
  await findBrowser()
  await promisify(execFile)(process.execPath, ['dashboard/build.ts', '--if-needed'], { cwd: root })
}
