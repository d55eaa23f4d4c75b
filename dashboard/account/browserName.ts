import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Enough to tell one's own browsers apart; the whole text is on hover. */
export function browserName(agent: string): string {
  const found = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0]
  const browser = found === 'Edg' ? 'Edge' : (found ?? t('otherBrowser'))
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(agent)?.[0] ?? t('otherSystem')
  return t('browserOn', { browser, system: system === 'Mac OS' ? 'macOS' : system })
}
