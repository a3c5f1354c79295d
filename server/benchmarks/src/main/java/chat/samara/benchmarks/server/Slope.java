package chat.samara.benchmarks.server;

import java.util.List;

/** How fast something rises: the line that lies nearest to some points, by least squares. */
final class Slope {
    private Slope() {}

    /** A point. */
    record Point(double at, double value) {}

    /** Rise of the value by one of {@code at}; 0 of fewer than two points, or of points at one place. */
    static double of(List<Point> points) {
        double at = points.stream().mapToDouble(Point::at).average().orElse(0);
        double value = points.stream().mapToDouble(Point::value).average().orElse(0);
        double spread = 0;
        double common = 0;
        for (Point point : points) {
            spread += (point.at - at) * (point.at - at);
            common += (point.at - at) * (point.value - value);
        }
        return spread == 0 ? 0 : common / spread;
    }
}
