/**
 * Two implementations of MLS doing the same work on the same group in one process ({@code ./samara bench mls}): one {@link
 * chat.samara.benchmarks.mls.WarmGroup} is the fixture, {@link chat.samara.benchmarks.mls.Implementation} the verbs that are
 * measured, {@link chat.samara.benchmarks.mls.Scenario} what is done with them, {@link chat.samara.benchmarks.mls.Floor} what
 * the primitives alone would cost. One thread.
 */
@NullMarked
package chat.samara.benchmarks.mls;

import org.jspecify.annotations.NullMarked;
