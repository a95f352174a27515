"""Learned models: trained offline or at night with scikit-learn, served with numpy alone."""
