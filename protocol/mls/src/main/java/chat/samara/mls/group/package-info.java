/**
 * Groups, on top of all the other packages: {@code Group} is a member's view, with secrets; {@code PublicGroup} is what an
 * outside observer may hold. A {@code Group} is confined to one thread at a time, and two groups share nothing; a
 * {@code PublicGroup} is immutable.
 */
@NullMarked
package chat.samara.mls.group;

import org.jspecify.annotations.NullMarked;
