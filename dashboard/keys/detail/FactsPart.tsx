import './detail.css'
import { Title } from '@mantine/core'
import { useId } from 'react'
import { type Fact, Facts } from '../../ui/Facts.tsx'

/** Facts about a key, under a heading of their own. */
export function FactsPart({ title, of }: { readonly title: string; readonly of: readonly Fact[] }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h5" id={id} mb={6}>
        {title}
      </Title>
      <Facts of={of} />
    </section>
  )
}
