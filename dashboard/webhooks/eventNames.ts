import { actionLabel } from '../audit/actionLabel.ts'
import { actions } from '../audit/actions.data.ts'
import { translator } from '../texts.ts'
import { families } from './families.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const nameOfFamily = translator(families)
const isFamily = (word: string): word is keyof typeof families => Object.hasOwn(families, word)
const familyOf = (name: string): string => name.split('.')[0] ?? name

/** `key.*` and single actions in words; what a newer control knows stays as it is. */
export function eventLabel(name: string): string {
  const family = familyOf(name)
  if (name === '*') return t('allEvents')
  return name.endsWith('.*') && isFamily(family) ? t('allOf', { family: nameOfFamily(family) }) : actionLabel(name)
}

/** Every event, by what it is about; the first of each group stands for the whole group. */
export const eventOptions = () =>
  Object.keys(families)
    .filter(isFamily)
    .map((family) => ({
      group: nameOfFamily(family),
      items: [`${family}.*`, ...Object.keys(actions).filter((action) => familyOf(action) === family)].map((value) => ({
        value,
        label: eventLabel(value),
      })),
    }))
