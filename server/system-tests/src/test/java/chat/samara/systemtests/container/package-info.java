/**
 * The servers as operators run them: the project's own image, in containers on a private network. Needs a Docker engine, and is
 * skipped with a message where none answers ({@code .ci/containers.sh} provides one).
 */
@NullMarked
package chat.samara.systemtests.container;

import org.jspecify.annotations.NullMarked;
