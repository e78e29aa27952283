import { followDocuments } from './api.js';
import { startComposer } from './composer.js';
import { startDigests } from './digests.js';
import { showAccepted, showDocuments } from './document-list.js';
import { watchOperations } from './operations.js';

startComposer(showAccepted);
followDocuments(showDocuments);
watchOperations();
startDigests();
