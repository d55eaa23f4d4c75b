import type { ProviderView } from '../../src/providers/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
const kinds = { unknown: 'over', ready: 'good', refused: 'bad', unreachable: 'bad' } as const

export const ProviderState = ({ state }: Pick<ProviderView, 'state'>) => <Status kind={kinds[state]}>{t(state)}</Status>
