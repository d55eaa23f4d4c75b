import { Dialog } from './Dialog.tsx'
import { Loading } from './Page.tsx'
import { ErrorNote } from './ProblemNote.tsx'

type Props = { readonly title: string; readonly error: Error | null; readonly onClose: () => void }

/** A dialog about something that is on its way, or that is not there. */
export const LoadingDialog = ({ title, error, onClose }: Props) => (
  <Dialog title={title} onClose={onClose}>
    {error ? <ErrorNote error={error} /> : <Loading lines={3} />}
  </Dialog>
)
