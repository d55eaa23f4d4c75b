import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Above a list: what narrows it, each with its label on top; on a narrow screen one below the other. */
export const Filters = ({ children }: { readonly children: ReactNode }) => (
  <Group role="group" aria-label={t('filters')} className="filters" gap="xs" align="flex-end">
    {children}
  </Group>
)
