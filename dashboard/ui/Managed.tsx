import { Alert, Badge } from '@mantine/core'
import { IconFileCode } from '@tabler/icons-react'
import { translator } from '../texts.ts'
import { Data } from './Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly by: string | null }

/** `ostiary apply` brings it to what its files say, so here it is only read. */
export const ManagedBadge = ({ by }: Props) =>
  by && (
    <Badge color="gray" leftSection={<IconFileCode size={12} aria-hidden />}>
      {t('managed')} <Data>{by}</Data>
    </Badge>
  )

export const ManagedNote = ({ by }: Props) =>
  by && (
    <Alert
      color="gray"
      icon={<IconFileCode size={20} />}
      title={
        <>
          {t('managed')} <Data>{by}</Data>
        </>
      }
    >
      {t('managedText')}
    </Alert>
  )
