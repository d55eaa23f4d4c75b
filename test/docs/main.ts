/** Generated pages: `npm run docs` writes them; without `--write`, those that differ from the program are named. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pages } from './pages.ts'

const isWriting = process.argv.includes('--write')
for (const { file, text } of pages()) {
  const place = new URL(`../../${file}`, import.meta.url)
  if (isWriting) writeFileSync(place, text)
  else if (readFileSync(place, 'utf8') !== text) {
    console.log(`${file} differs from the program`)
    process.exitCode = 1
  }
}
