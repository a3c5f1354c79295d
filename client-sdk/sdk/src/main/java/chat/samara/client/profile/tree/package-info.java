/**
 * A store of sorted rows in one file, of which nobody without its key learns more than the length, and in which nothing can be changed, moved or put back
 * unnoticed: a copy-on-write B+tree of sealed pages. It knows nothing of devices and their tables.
 *
 * <pre>
 * data key ──▶ superblock (blocks 0 and 1, the same twice) ──▶ root page ──▶ … ──▶ leaf pages ──▶ pages of long values
 *                                                        └──▶ the map of used blocks
 * </pre>
 *
 * Each page is sealed under a random key of its own, which stands in the page above it, and the root's in the superblock. A page is never changed
 * in place: a commit writes what it changed, up to the root, into free blocks, and then replaces the superblock. From this follow
 *
 * <ul>
 *   <li><b>all or nothing</b>: until the superblock is replaced, the old tree stands untouched;
 *   <li><b>integrity</b>: a page that is changed, exchanged for another or put back to what it was before does not open under the key that the page
 *       above it names. Only the whole file can be put back;
 *   <li><b>erasure</b>: with the superblock before goes the key of the root before, and with that the keys of all that was deleted or overwritten, wherever
 *       its bytes still lie.
 * </ul>
 *
 * Used by one thread at a time.
 */
@NullMarked
package chat.samara.client.profile.tree;

import org.jspecify.annotations.NullMarked;
