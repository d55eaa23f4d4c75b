import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { peersBugs } from './peers-bugs.data.ts'
import { root } from './programs.ts'

const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')

test('each bug of a peer is tried by a test that exists, or waits for what brings it', () => {
  const missing = peersBugs.flatMap((bug) =>
    'comesWith' in bug
      ? []
      : bug.tried.filter(([file, title]) => !read(file).includes(title)).map(([, title]) => title),
  )
  expect(missing).toEqual([])
  const ids = peersBugs.flatMap((bug) => bug.ids)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  expect(ids.length).toBeGreaterThan(60)
})

test('litellm-2026-03-24 what is installed is named to the byte', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)])
  const { packages } = JSON.parse(read('package-lock.json'))
  const unsealed = Object.entries<{ integrity?: string; link?: boolean; inBundle?: boolean }>(packages)
    .filter(
      ([path, { integrity, link, inBundle }]) => path !== '' && !link && !inBundle && !integrity?.startsWith('sha512-'),
    )
    .map(([path]) => path)
  expect(unsealed).toEqual([])
})
