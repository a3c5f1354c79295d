package chat.samara.client.profile.tree;

/** What an inner node leads to: a page of the file, or a node that the running commit has changed and not written yet. */
sealed interface Child permits PageRef, Node {}
