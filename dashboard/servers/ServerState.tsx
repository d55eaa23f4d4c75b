import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import type { Look } from './answers.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const kinds = { ready: 'good', unreachable: 'bad', starting: 'waiting', no_answer: 'bad' } as const

export const ServerState = ({ state }: { readonly state: Look['state'] }) => (
  <Status kind={kinds[state]}>{t(state)}</Status>
)
