import type { ServerView } from '../../src/servers/schema.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import type { Fact } from '../ui/Facts.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** How long gateways wait for it. */
export const timeoutFacts = (timeouts: ServerView['timeouts']): Fact[] =>
  (['connectSeconds', 'answerSeconds', 'idleSeconds', 'totalSeconds'] as const).map((name) => [
    t(name),
    timeouts[name] === null ? t('noLimit') : <Data key={name}>{timeouts[name]}</Data>,
  ])
